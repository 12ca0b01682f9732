"""Names for the demo's staff: common given and family names of Karnataka, Maharashtra and beyond, mixed by chance."""

from __future__ import annotations


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


WOMEN = _words(
    "Aarohi Aditi Aishwarya Amrita Ananya Anjali Anusha Apoorva Bhavana Chaitra Deepa Deepika Divya Gayatri Harini",
    "Ishita Jyothi Kavya Keerthana Kiran Lakshmi Madhuri Manasa Meera Meghana Namrata Neha Nandini Nikita Pallavi",
    "Pooja Prachi Pranjal Priya Radhika Ramya Rashmi Rekha Revathi Ritu Rutuja Sahana Sanjana Savita Shalini Shreya",
    "Shruti Shweta Sneha Sonal Spoorthi Sucheta Sunita Supriya Swati Tanvi Tejaswini Usha Vaishnavi Vidya Yamini Zoya",
)

MEN = _words(
    "Abhijit Abhishek Aditya Ajay Akash Akshay Aman Amit Anand Anil Arjun Arun Ashwin Bharat Chetan Darshan Deepak",
    "Dinesh Farhan Ganesh Girish Gaurav Harish Hemant Imran Jayanth Karthik Kunal Madhav Mahesh Manjunath Manoj Mohan",
    "Naveen Nikhil Nitin Omkar Pankaj Prakash Pramod Prashant Rahul Rajesh Rakesh Ravi Rohan Rohit Sachin Sameer",
    "Sandeep Sanjay Santosh Satish Shashank Shivam Siddharth Sourabh Srinivas Suresh Tejas Vaibhav Varun Vikram Vinay",
)

FAMILY = _words(
    "Acharya Agarwal Apte Bhat Bhosale Chavan Deshmukh Deshpande D'Souza Fernandes Gaikwad Gowda Hegde Iyengar Iyer",
    "Jadhav Jain Joshi Kadam Kale Kamath Kamble Kapoor Khan Kulkarni Kumar Mane Menon Mishra More Murthy Naidu Naik",
    "Nair Nayak Pai Patel Pathan Patil Pawar Prabhu Rane Rao Reddy Sawant Shah Shaikh Sharma Shenoy Shetty Shinde",
    "Singh Srinivasan Thakur Thomas Upadhyay Varma Verma Wagh Yadav",
)
